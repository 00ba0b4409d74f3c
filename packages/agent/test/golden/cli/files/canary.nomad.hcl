job "web" {
  group "app" {
    count = 2

    update {
      canary = 1
    }

    task "app" {
      driver = "raw_exec"

      env {
        VERSION = "2"
      }

      config {
        command = "/bin/app"
      }
    }
  }
}
