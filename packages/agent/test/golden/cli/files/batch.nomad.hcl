job "sums" {
  type = "batch"

  group "sum" {
    task "app" {
      driver = "raw_exec"

      config {
        command = "/bin/sum"
      }
    }
  }
}
