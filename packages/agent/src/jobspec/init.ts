// SPDX-License-Identifier: MPL-2.0
// The example files of `job init`: one that explains, one that only shows.

/** File that `job init` writes when no other name is given. */
export const exampleFilename = 'example.nomad.hcl';

export const shortExample = `job "example" {

  group "hello" {
    network {
      port "http" {}
    }

    task "loop" {
      driver = "raw_exec"

      config {
        command = "/bin/sh"
        args    = ["-c", "while true; do echo port $NOMAD_PORT_http is mine; sleep 5; done"]
      }

      resources {
        cpu    = 50
        memory = 32
      }
    }
  }
}
`;

export const fullExample = `# A job says what shall run; the cluster finds out where. This one runs a small
# loop in a shell. Every block that is commented out shows something you may want
# to use later; take the "#" away and change the values.
#
# Submit it with:   serai job run example.nomad.hcl
# Look before:      serai job plan example.nomad.hcl
# See how it does:  serai job status example

job "example" {

  # "service" runs until you stop it, "batch" until its tasks have ended well,
  # "system" once on every machine, "sysbatch" once on every machine to the end.
  # type = "service"

  # Machines that may be used. "*" (the default) takes all of them; names may
  # contain "*", as in "eu-*".
  # datacenters = ["*"]

  # Jobs with a higher priority are placed first. 1 to 100.
  # priority = 50

  # Machines that lack this are never used. Affinities and spreads are the
  # softer forms: "rather there", "evenly over these".
  # constraint {
  #   attribute = "\${attr.kernel.name}"
  #   value     = "linux"
  # }

  # How a new version replaces the running one.
  update {
    # Allocations that are replaced at the same time.
    max_parallel = 1

    # An allocation must be well for this long before the next one is replaced.
    min_healthy_time = "10s"

    # It has this long to become well, or the update has failed.
    healthy_deadline = "3m"

    # The whole update has failed when nothing moved on for this long.
    progress_deadline = "10m"

    # Go back to the last version that worked when an update fails.
    auto_revert = false

    # Allocations of the new version that run beside the old ones until you
    # promote them with "serai deployment promote".
    canary = 0
  }

  # Tasks of a group always run together on one machine.
  group "hello" {

    # How many of these run in the cluster.
    count = 1

    # The network that the group's tasks share. A port without "static" gets a
    # free number of the machine; tasks find it in NOMAD_PORT_http.
    network {
      port "http" {}
    }

    # Tells others where the group can be reached, and checks that it can.
    # service {
    #   name     = "hello"
    #   port     = "http"
    #   provider = "nomad"
    #
    #   check {
    #     type     = "tcp"
    #     interval = "10s"
    #     timeout  = "2s"
    #   }
    # }

    # What to do on this machine when a task ends with an error. When the
    # attempts are used up, "fail" gives up here (and may be placed elsewhere),
    # "delay" starts counting anew.
    restart {
      attempts = 2
      interval = "30m"
      delay    = "15s"
      mode     = "fail"
    }

    # Room for files and logs, in MB. "sticky" keeps the files for the next
    # version on this machine, "migrate" takes them along to another one.
    ephemeral_disk {
      size = 300
    }

    # One program.
    task "loop" {

      # What runs it: "docker", "exec", "raw_exec", "java", "qemu", …
      driver = "raw_exec"

      # Settings for the driver; each driver has its own.
      config {
        command = "/bin/sh"
        args    = ["-c", "while true; do echo port $NOMAD_PORT_http is mine; sleep 5; done"]
      }

      # Gives the task a token that proves what it is.
      # identity {
      #   env  = true
      #   file = true
      # }

      # Environment of the task. Runtime values are written like this:
      # env {
      #   PORT = "\${NOMAD_PORT_http}"
      #   NODE = "\${node.unique.name}"
      # }

      # Files to fetch before the task starts.
      # artifact {
      #   source = "https://example.com/file.tar.gz"
      #   options {
      #     checksum = "sha256:0000000000000000000000000000000000000000000000000000000000000000"
      #   }
      # }

      # A file that is filled in before the task starts, and again whenever a
      # value in it changes.
      # template {
      #   data        = "---\\nkey: {{ env \\"NOMAD_ALLOC_ID\\" }}"
      #   destination = "local/file.yml"
      #   change_mode = "signal"
      #   change_signal = "SIGHUP"
      # }

      # What the task may use: MHz and MB.
      resources {
        cpu    = 50
        memory = 32
      }
    }
  }
}
`;
