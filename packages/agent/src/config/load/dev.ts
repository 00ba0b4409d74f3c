// SPDX-License-Identifier: MPL-2.0
// What -dev means, written as a configuration that files and flags come on top of.

export const devConfig = `
bind_addr            = "127.0.0.1"
log_level            = "DEBUG"
enable_debug         = true
disable_update_check = true

server {
  enabled          = true
  bootstrap_expect = 1
}

client {
  enabled                  = true
  gc_interval              = "10m"
  gc_disk_usage_threshold  = 99
  gc_inode_usage_threshold = 99
}

telemetry {
  prometheus_metrics         = true
  publish_allocation_metrics = true
  publish_node_metrics       = true
}

consul {
  auto_advertise = true
}

plugin "raw_exec" {
  config {
    enabled = true
  }
}

plugin "docker" {
  config {
    volumes {
      enabled = true
    }
  }
}
`;
