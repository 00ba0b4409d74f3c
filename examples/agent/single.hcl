# Server and client in one agent on one machine.
#
#   sudo ./serai agent -config examples/agent/single.hcl

datacenter = "home"
data_dir   = "/var/lib/serai"

# On this machine only: without TLS and ACLs, whoever reaches the ports may do everything.
bind_addr = "127.0.0.1"

advertise {
  http = "127.0.0.1"
  rpc  = "127.0.0.1"
  serf = "127.0.0.1"
}

server {
  enabled          = true
  bootstrap_expect = 1
}

client {
  enabled = true

  # What the machine itself needs.
  reserved {
    cpu            = 500
    memory         = 512
    reserved_ports = "22,4646-4648"
  }
}

telemetry {
  prometheus_metrics         = true
  publish_allocation_metrics = true
  publish_node_metrics       = true
}
