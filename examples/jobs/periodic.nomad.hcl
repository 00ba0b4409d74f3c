# Launched by the clock: every minute, and once more at nine on working days in
# Berlin. Each launch is a job of its own, "clock/periodic-<unix time>". While
# one still runs, the next one is skipped.
job "clock" {
  type = "batch"

  periodic {
    crons            = ["* * * * *", "30 0 9 * * MON-FRI *"]
    time_zone        = "Europe/Berlin"
    prohibit_overlap = true
  }

  group "clock" {
    task "tell" {
      driver = "raw_exec"

      config {
        command = "/bin/sh"
        args    = ["-c", "echo it is $(date), says $NOMAD_JOB_ID of $NOMAD_JOB_PARENT_ID"]
      }
    }
  }
}
