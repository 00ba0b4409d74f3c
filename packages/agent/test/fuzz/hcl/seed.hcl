# Something of everything.
variable "count" {
  type        = number
  default     = 3
  description = "how many"
  validation {
    condition     = var.count > 0 && var.count < 10
    error_message = "The count must be between 1 and 9."
  }
}

variables {
  names = ["a", "b", "c"]
}

locals {
  upper = [for n in var.names : upper(n) if n != "b"]
  map   = { for i, n in var.names : "${i}-${n}" => i... }
  text  = <<-EOT
    %{ for n in var.names ~}
    name ${n}
    %{ endfor ~}
    port ${NOMAD_PORT_http}
  EOT
}

job "web" {
  datacenters = ["dc1", "dc2"]
  priority    = true ? 50 : (1 + 2) * 3 % 4 - -1

  constraint {
    attribute = "${attr.kernel.name}"
    value     = "linux"
  }

  group "g" {
    count = var.count
    dynamic "task" {
      for_each = var.names
      iterator = it
      labels   = ["${it.value}-${it.key}"]
      content {
        driver = "docker"
        env {
          A = "$${literal} %%{x}"
          B = env["a.b"]
          C = try(local.nothing, jsonencode({ a = [1, null] }))
        }
      }
    }
  }
  /* the end */
}
