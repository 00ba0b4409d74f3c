# Prints a line each second. `npm start` runs this one.
job "hello" {
  type = "service"

  group "hello" {
    task "counter" {
      driver = "raw_exec"

      config {
        command = "/bin/sh"
        args = ["-c", <<-EOF
          trap 'echo "stopped after $n"; exit 0' INT TERM
          n=0
          while true; do
            n=$((n + 1))
            echo "hello $n from allocation ${NOMAD_SHORT_ALLOC_ID}"
            sleep 1
          done
          EOF
        ]
      }

      resources {
        cpu    = 50
        memory = 32
      }
    }
  }
}
