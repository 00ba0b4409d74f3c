# Says what it is told.
job "trap" {
  group "g" {
    update {
      min_healthy_time = "100ms"
    }

    restart {
      delay = "100ms"
    }

    task "listen" {
      driver       = "raw_exec"
      kill_timeout = "2s"

      config {
        command = "/bin/sh"
        args = ["-c", <<-EOT
          trap 'echo hangup' HUP
          trap 'echo bye; exit 0' TERM INT
          echo "started as $$"
          while true; do sleep 0.05; done
          EOT
        ]
      }

      resources {
        cpu    = 20
        memory = 16
      }
    }
  }
}
