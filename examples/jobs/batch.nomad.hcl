# Runs to its end: one task prepares, the main task works, one cleans up. The
# main task fails on its first try and is restarted on the same machine.
job "report" {
  type = "batch"

  group "report" {
    reschedule {
      attempts = 1
      interval = "1h"
      delay    = "5s"
    }

    restart {
      attempts = 2
      delay    = "2s"
      interval = "10m"
      mode     = "fail"
    }

    task "prepare" {
      driver = "raw_exec"

      lifecycle {
        hook = "prestart"
      }

      config {
        command = "/bin/sh"
        args    = ["-c", "seq 1 10 > $NOMAD_ALLOC_DIR/data/numbers && echo prepared"]
      }
    }

    task "sum" {
      driver = "raw_exec"

      config {
        command = "/bin/sh"
        args = ["-c", <<-EOF
          if [ ! -e "$NOMAD_TASK_DIR/tried" ]; then
            touch "$NOMAD_TASK_DIR/tried"
            echo "first try fails" >&2
            exit 1
          fi
          total=0
          while read -r n; do total=$((total + n)); done < "$NOMAD_ALLOC_DIR/data/numbers"
          echo "the sum is $total"
          EOF
        ]
      }
    }

    task "clean" {
      driver = "raw_exec"

      lifecycle {
        hook = "poststop"
      }

      config {
        command = "/bin/sh"
        args    = ["-c", "rm -f $NOMAD_ALLOC_DIR/data/numbers && echo cleaned"]
      }
    }
  }
}
