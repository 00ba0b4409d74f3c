# One allocation on every Linux or macOS machine, also on those that join later.
job "watcher" {
  type     = "system"
  priority = 60

  constraint {
    attribute = "${attr.kernel.name}"
    operator  = "set_contains_any"
    value     = "linux,darwin"
  }

  group "watcher" {
    task "load" {
      driver = "raw_exec"

      config {
        command = "/bin/sh"
        args    = ["-c", "while true; do uptime; sleep 10; done"]
      }

      logs {
        max_files     = 2
        max_file_size = 5
      }

      resources {
        cpu    = 20
        memory = 16
      }
    }
  }
}
