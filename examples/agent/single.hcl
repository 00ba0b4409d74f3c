# Server and client in one agent on one machine.
#
#   sudo ./serai agent -config examples/agent/single.hcl

datacenter = "home"
data_dir   = "/var/lib/serai"

# Listen on all addresses, tell others the private one.
bind_addr = "0.0.0.0"

advertise {
  http = "{{ GetPrivateIP }}"
  rpc  = "{{ GetPrivateIP }}"
  serf = "{{ GetPrivateIP }}"
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
