# Everything that differs between places is a variable. For example
#   ./serai job run -var 'greeting=good evening' -var count=2 examples/jobs/variables.nomad.hcl
# or NOMAD_VAR_count=2, or a file of values with -var-file.
variable "greeting" {
  type        = string
  description = "What is said."
  default     = "good morning"
}

variable "count" {
  type    = number
  default = 1

  validation {
    condition     = var.count >= 1 && var.count <= 10
    error_message = "The count must be between 1 and 10."
  }
}

variable "ports" {
  type    = map(number)
  default = { http = 0, admin = 0 }
}

variable "datacenters" {
  type    = list(string)
  default = ["*"]
}

locals {
  name   = "greeter-${replace(lower(var.greeting), " ", "-")}"
  labels = { for key, value in { team = "example", words = var.greeting } : upper(key) => value }
}

job "greeter" {
  name        = local.name
  datacenters = var.datacenters
  meta        = local.labels

  group "greeter" {
    count = var.count

    network {
      dynamic "port" {
        for_each = var.ports
        labels   = [port.key]
        content {
          static = port.value
        }
      }
    }

    task "say" {
      driver = "raw_exec"

      config {
        command = "/bin/sh"
        args    = ["-c", "while true; do echo \"$GREETING, node $NODE\"; sleep 5; done"]
      }

      env {
        GREETING = title(var.greeting)
        NODE     = "${node.unique.name}"
        PORTS    = join(",", keys(var.ports))
      }
    }
  }
}
