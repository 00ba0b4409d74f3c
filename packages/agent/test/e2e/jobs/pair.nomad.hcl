# One allocation on each of two machines.
job "pair" {
  group "g" {
    count = 2

    constraint {
      operator = "distinct_hosts"
      value    = "true"
    }

    update {
      max_parallel     = 2
      min_healthy_time = "100ms"
    }

    task "sleep" {
      driver = "raw_exec"

      config {
        command = "/bin/sleep"
        args    = ["1000"]
      }

      resources {
        cpu    = 20
        memory = 16
      }
    }
  }
}
