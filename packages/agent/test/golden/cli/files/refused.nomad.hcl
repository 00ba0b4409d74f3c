job "refused" {
  group "app" {
    count = -1

    task "app" {
      driver = "raw_exec"

      resources {
        cpu = 0
      }
    }
  }
}
