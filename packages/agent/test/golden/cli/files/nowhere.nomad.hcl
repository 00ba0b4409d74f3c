job "nowhere" {
  constraint {
    attribute = "${attr.kernel.name}"
    value     = "plan9"
  }

  group "app" {
    count = 3

    task "app" {
      driver = "raw_exec"

      config {
        command = "/bin/app"
      }
    }
  }
}
