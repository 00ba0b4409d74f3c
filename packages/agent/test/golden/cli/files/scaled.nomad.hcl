job "shop" {
  type = "batch"

  group "front" {
    count = 2

    scaling {
      min = 1
      max = 4

      policy {
        cooldown = "1m"
      }
    }

    task "front" {
      driver = "raw_exec"

      config {
        command = "/bin/front"
      }
    }
  }

  group "back" {
    task "back" {
      driver = "raw_exec"

      config {
        command = "/bin/back"
      }
    }
  }
}
