# One of three servers of a region. The same file on all of them.
#
#   ./serai agent -config examples/agent/server.hcl

region     = "eu"
datacenter = "eu-1"
data_dir   = "/var/lib/serai"
log_level  = "INFO"

# SIGTERM of the service manager is a planned stop.
leave_on_terminate = true

advertise {
  http = "{{ GetInterfaceIP \"eth0\" }}"
  rpc  = "{{ GetInterfaceIP \"eth0\" }}"
  serf = "{{ GetInterfaceIP \"eth0\" }}"
}

server {
  enabled          = true
  bootstrap_expect = 3

  # The same on all servers. Make one with: serai operator gossip keyring generate
  encrypt = "cg8StVXbQJ0gPvMd9o7yrg=="

  server_join {
    retry_join     = ["10.0.0.11", "10.0.0.12", "10.0.0.13"]
    retry_interval = "15s"
  }

  default_scheduler_config {
    scheduler_algorithm             = "binpack"
    memory_oversubscription_enabled = true
  }
}

acl {
  enabled = true
}

limits {
  http_max_conns_per_client = 200
  rpc_max_conns_per_client  = 200
}
