job "web" {
  type = "service"

  group "app" {
    count = 2

    network {
      port "http" {}
    }

    task "app" {
      driver = "raw_exec"

      config {
        command = "/bin/app"
      }

      resources {
        cpu    = 100
        memory = 64
      }
    }
  }
}
