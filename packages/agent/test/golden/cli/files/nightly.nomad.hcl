job "nightly" {
  type = "batch"

  periodic {
    crons     = ["0 4 * * *"]
    time_zone = "UTC"
  }

  group "app" {
    task "app" {
      driver = "raw_exec"

      config {
        command = "/bin/app"
      }
    }
  }
}
