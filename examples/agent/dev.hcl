# On top of `serai agent -dev`: what a development agent often wants to change.
#
#   ./serai agent -dev -config examples/agent/dev.hcl

name      = "laptop"
log_level = "INFO"

client {
  meta {
    purpose = "development"
  }

  host_volume "scratch" {
    path = "/tmp"
  }
}

plugin "raw_exec" {
  config {
    enabled = true
  }
}
