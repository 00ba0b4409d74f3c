# A template that runs when it is asked to, each time with its own input:
#
#   echo "a text of some words" | serai job dispatch -meta title=poem count-words -
job "count-words" {
  type = "batch"

  parameterized {
    payload       = "required"
    meta_required = ["title"]
    meta_optional = ["option"]
  }

  meta {
    option = "-w"
  }

  group "count" {
    task "count" {
      driver = "raw_exec"

      dispatch_payload {
        file = "text"
      }

      config {
        command = "/bin/sh"
        args    = ["-c", "echo \"$NOMAD_META_TITLE: $(wc $NOMAD_META_OPTION < local/text)\""]
      }
    }
  }
}
