# Two tasks that count, to see whether a number is missing.
job "counter" {
  group "g" {
    update {
      min_healthy_time = "100ms"
    }

    task "first" {
      driver = "raw_exec"

      config {
        command = "/bin/sh"
        args    = ["-c", "echo $$ > $NOMAD_TASK_DIR/pid; n=0; while true; do n=$((n+1)); echo $n; sleep 0.01; done"]
      }

      resources {
        cpu    = 20
        memory = 16
      }
    }

    task "second" {
      driver = "raw_exec"

      config {
        command = "/bin/sh"
        args    = ["-c", "echo $$ > $NOMAD_TASK_DIR/pid; n=0; while true; do n=$((n+1)); echo $n; sleep 0.01; done"]
      }

      resources {
        cpu    = 20
        memory = 16
      }
    }
  }
}
