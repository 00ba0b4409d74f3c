# Every block and attribute of the language at least once. Not a job that makes sense.
job "everything" {
  id           = "everything-id"
  name         = "everything-name"
  type         = "service"
  region       = "eu"
  namespace    = "prod"
  datacenters  = ["dc1", "dc-*"]
  node_pool    = "gpu"
  priority     = 70
  all_at_once  = true
  consul_token = "ct"
  vault_token  = "vt"

  meta {
    owner = "team"
    count = 3
  }

  constraint {
    attribute = "${attr.kernel.name}"
    operator  = "!="
    value     = "windows"
  }
  constraint {
    attribute = "${attr.nomad.version}"
    version   = ">= 1.6"
  }
  constraint {
    attribute = "${attr.nomad.version}"
    semver    = ">= 1.6.0"
  }
  constraint {
    attribute = "${meta.name}"
    regexp    = "^a.*$"
  }
  constraint {
    attribute    = "${meta.tags}"
    set_contains = "a,b"
  }
  constraint {
    attribute        = "${meta.tags}"
    set_contains_all = "a,b"
  }
  constraint {
    attribute        = "${meta.tags}"
    set_contains_any = "a,b"
  }
  constraint {
    distinct_hosts = true
  }
  constraint {
    distinct_hosts = false
  }
  constraint {
    distinct_property = "${meta.rack}"
    value             = "2"
  }
  constraint {
    is_set = "${meta.rack}"
  }
  constraint {
    is_not_set = "${meta.room}"
  }
  affinity {
    attribute = "${node.datacenter}"
    value     = "dc1"
    weight    = -20
  }
  affinity {
    attribute        = "${meta.tags}"
    set_contains_any = "a,b"
  }
  spread {
    attribute = "${node.datacenter}"
    weight    = 80
    target "dc1" {
      percent = 60
    }
    target "dc2" {
      value   = "dc-two"
      percent = 40
    }
  }

  update {
    stagger           = "31s"
    max_parallel      = 2
    health_check      = "task_states"
    min_healthy_time  = "11s"
    healthy_deadline  = "6m"
    progress_deadline = "12m"
    auto_revert       = true
    auto_promote      = true
    canary            = 1
  }
  reschedule {
    attempts       = 3
    interval       = "1h"
    delay          = "40s"
    delay_function = "fibonacci"
    max_delay      = "2h"
    unlimited      = false
  }
  migrate {
    max_parallel     = 2
    health_check     = "task_states"
    min_healthy_time = "12s"
    healthy_deadline = "7m"
  }
  periodic {
    enabled          = false
    cron             = "@daily"
    crons            = ["0 1 * * *", "0 2 * * *"]
    prohibit_overlap = true
    time_zone        = "Europe/Berlin"
  }
  parameterized {
    payload       = "required"
    meta_required = ["a"]
    meta_optional = ["b"]
  }
  multiregion {
    strategy {
      max_parallel = 1
      on_failure   = "fail_all"
    }
    region "west" {
      count       = 2
      datacenters = ["w1"]
      node_pool   = "west"
      meta {
        side = "left"
      }
    }
  }
  ui {
    description = "shown"
    link {
      label = "docs"
      url   = "https://example.com"
    }
  }
  vault {
    policies = ["job-policy"]
  }

  group "first" {
    count                        = 2
    shutdown_delay               = "3s"
    stop_after_client_disconnect = "1m"
    max_client_disconnect        = "2m"
    prevent_reschedule_on_lost   = true
    max_run_duration             = "4h"

    meta = {
      "odd name" = "yes"
    }
    constraint {
      attribute = "${node.class}"
      value     = "big"
    }
    affinity {
      attribute = "${node.class}"
      value     = "big"
    }
    spread {
      attribute = "${meta.rack}"
    }
    ephemeral_disk {
      sticky  = true
      size    = 500
      migrate = true
    }
    restart {
      attempts         = 5
      interval         = "10m"
      delay            = "20s"
      mode             = "delay"
      render_templates = true
    }
    reschedule {
      attempts = 4
    }
    migrate {
      max_parallel = 3
    }
    update {
      canary = 0
    }
    scaling {
      min     = 1
      max     = 5
      enabled = false
      type    = "horizontal"
      policy {
        cooldown = "1m"
        check "load" {
          source = "prometheus"
        }
      }
    }
    consul {
      namespace = "cns"
      cluster   = "default"
      partition = "part"
    }
    disconnect {
      lost_after           = "6h"
      stop_on_client_after = "1h"
      replace              = false
      reconcile            = "keep_original"
    }
    network {
      mode     = "bridge"
      hostname = "web-${NOMAD_ALLOC_INDEX}"
      mbits    = 10
      device   = "eth0"
      cidr     = "10.0.0.0/8"
      ip       = "10.0.0.1"
      dns {
        servers  = ["1.1.1.1"]
        searches = ["local"]
        options  = ["ndots:2"]
      }
      cni {
        args = {
          "NODE" = "x"
        }
      }
      port "http" {
        static           = 8080
        to               = 80
        host_network     = "public"
        ignore_collision = true
      }
      port "free" {
        to = -1
      }
    }
    volume "data" {
      type            = "csi"
      source          = "vol"
      read_only       = true
      sticky          = true
      access_mode     = "single-node-writer"
      attachment_mode = "file-system"
      per_alloc       = true
      mount_options {
        fs_type     = "ext4"
        mount_flags = ["noatime"]
      }
    }
    vault {
      policies = ["group-policy"]
    }

    service {
      name                = "svc"
      provider            = "consul"
      port                = 9001
      address             = "10.1.1.1"
      address_mode        = "auto"
      tags                = ["a"]
      canary_tags         = ["b"]
      enable_tag_override = true
      task                = "main"
      on_update           = "ignore_warnings"
      cluster             = "default"
      kind                = "api"
      meta {
        m = "1"
      }
      canary_meta {
        c = "2"
      }
      tagged_addresses {
        lan = "10.1.1.2"
      }
      identity {
        aud = ["consul.io"]
        ttl = "1h"
      }
      weights {
        passing = 10
        warning = 1
      }
      check_restart {
        limit           = 3
        grace           = "90s"
        ignore_warnings = true
      }
      check {
        name                     = "alive"
        type                     = "http"
        command                  = "/bin/x"
        args                     = ["-v"]
        path                     = "/health"
        protocol                 = "https"
        port                     = "http"
        expose                   = true
        address_mode             = "driver"
        interval                 = "10s"
        timeout                  = "2s"
        initial_status           = "passing"
        tls_server_name          = "name"
        tls_skip_verify          = true
        method                   = "POST"
        grpc_service             = "g"
        grpc_use_tls             = true
        task                     = "main"
        success_before_passing   = 2
        failures_before_critical = 3
        failures_before_warning  = 1
        body                     = "{}"
        on_update                = "ignore"
        notes                    = "note"
        advertise                = "10.2.2.2"
        header {
          Authorization = ["Basic x"]
        }
        check_restart {
          limit = 5
        }
      }
      connect {
        native = false
        sidecar_service {
          tags                      = ["side"]
          port                      = "http"
          disable_default_tcp_check = true
          meta {
            s = "1"
          }
          proxy {
            local_service_address = "127.0.0.1"
            local_service_port    = 8080
            config {
              x = 1
            }
            upstreams {
              destination_name       = "db"
              destination_namespace  = "dns"
              destination_peer       = "peer"
              destination_partition  = "part"
              destination_type       = "service"
              local_bind_port        = 5432
              datacenter             = "dc2"
              local_bind_address     = "127.0.0.2"
              local_bind_socket_path = "/s"
              local_bind_socket_mode = "0600"
              mesh_gateway {
                mode = "local"
              }
              config {
                connect_timeout_ms = 1000
              }
            }
            expose {
              path {
                path            = "/metrics"
                protocol        = "http"
                local_path_port = 9090
                listener_port   = "free"
              }
            }
            transparent_proxy {
              uid                    = "101"
              outbound_port          = 15001
              exclude_inbound_ports  = ["22"]
              exclude_outbound_ports = [53]
              exclude_outbound_cidrs = ["10.0.0.0/8"]
              exclude_uids           = ["0"]
              no_dns                 = true
            }
          }
        }
        sidecar_task {
          name           = "proxy"
          driver         = "docker"
          user           = "envoy"
          kill_timeout   = "6s"
          kill_signal    = "SIGTERM"
          shutdown_delay = "2s"
          config {
            image = "envoy"
          }
          env {
            E = "1"
          }
          meta {
            M = "1"
          }
          resources {
            cpu    = 300
            memory = 200
          }
          logs {
            max_files = 2
          }
          volume_mount {
            volume = "data"
          }
          identity {
            name = "side"
          }
        }
        gateway {
          proxy {
            connect_timeout                     = "7s"
            envoy_gateway_bind_tagged_addresses = true
            envoy_gateway_no_default_bind       = true
            envoy_dns_discovery_type            = "STRICT_DNS"
            envoy_gateway_bind_addresses "lan" {
              address = "10.0.0.3"
              port    = 8443
            }
            config {
              y = 2
            }
          }
          ingress {
            tls {
              enabled         = true
              tls_min_version = "TLSv1_2"
              tls_max_version = "TLSv1_3"
              cipher_suites   = ["x"]
              sds {
                cluster_name  = "sds"
                cert_resource = "cert"
              }
            }
            listener {
              port     = 443
              protocol = "http"
              service {
                name                    = "web"
                hosts                   = ["example.com"]
                max_connections         = 100
                max_pending_requests    = 50
                max_concurrent_requests = 25
                tls {
                  enabled = true
                }
                request_headers {
                  add = {
                    X = "1"
                  }
                  set = {
                    Y = "2"
                  }
                  remove = ["Z"]
                }
                response_headers {
                  remove = ["W"]
                }
              }
            }
          }
          terminating {
            service {
              name      = "legacy"
              ca_file   = "/ca"
              cert_file = "/cert"
              key_file  = "/key"
              sni       = "legacy.example"
            }
          }
          mesh {
          }
        }
      }
    }

    task "main" {
      driver         = "docker"
      user           = "app"
      kill_timeout   = "8s"
      kill_signal    = "SIGQUIT"
      leader         = true
      shutdown_delay = "1s"
      kind           = "connect-native:svc"

      env {
        ADDR   = "${NOMAD_ADDR_http}"
        NUMBER = 7
        YES    = true
      }
      meta {
        deep = "${node.unique.id}"
      }
      config {
        image  = "app:${attr.cpu.arch}"
        args   = ["-p", "${NOMAD_PORT_http}"]
        number = 1.5
        flag   = true
        labels = {
          a = "b"
        }
        mount {
          type = "bind"
          bind_options {
            propagation = "rshared"
          }
        }
        mount {
          type = "tmpfs"
        }
      }
      constraint {
        attribute = "${attr.driver.docker}"
        value     = "1"
      }
      affinity {
        attribute = "${attr.cpu.arch}"
        value     = "arm64"
      }
      restart {
        attempts = 1
      }
      resources {
        cpu        = 250
        cores      = 1
        memory     = 128
        memory_max = 256
        disk       = 10
        iops       = 5
        secrets    = 3
        network {
          mbits = 5
          port "old" {}
        }
        numa {
          affinity = "prefer"
          devices  = ["nvidia/gpu"]
        }
        device "nvidia/gpu" {
          count = 2
          constraint {
            attribute = "${device.attr.memory}"
            operator  = ">="
            value     = "2 GiB"
          }
          affinity {
            attribute = "${device.model}"
            value     = "A100"
            weight    = 75
          }
        }
      }
      logs {
        max_files     = 4
        max_file_size = 20
        disabled      = true
      }
      vault {
        policies               = ["p"]
        role                   = "r"
        namespace              = "vns"
        cluster                = "default"
        env                    = false
        disable_file           = true
        change_mode            = "signal"
        change_signal          = "SIGUSR1"
        allow_token_expiration = true
      }
      consul {
        cluster = "default"
      }
      identity {
        env  = true
        file = true
      }
      identity {
        name          = "aws"
        aud           = ["sts"]
        change_mode   = "signal"
        change_signal = "SIGHUP"
        env           = true
        file          = true
        filepath      = "secrets/token"
        service_name  = "svc"
        ttl           = "30m"
        extra_claims {
          claim = "value"
        }
      }
      artifact {
        source      = "https://example.com/a.tgz"
        destination = "local/a"
        mode        = "dir"
        insecure    = true
        chown       = true
        options {
          checksum = "md5:d41d8cd98f00b204e9800998ecf8427e"
        }
        headers {
          X-Token = "${NOMAD_META_token}"
        }
      }
      template {
        source               = "local/in"
        destination          = "local/out"
        data                 = <<-EOT
          {{ key "a" }} ${NOMAD_ALLOC_ID}
        EOT
        change_mode          = "script"
        change_signal        = "sighup"
        once                 = true
        splay                = "9s"
        perms                = "0600"
        uid                  = 1000
        gid                  = 1000
        left_delimiter       = "[["
        right_delimiter      = "]]"
        env                  = true
        vault_grace          = "1s"
        error_on_missing_key = true
        change_script {
          command             = "/bin/reload"
          args                = ["now"]
          timeout             = "4s"
          fail_on_error       = true
          run_on_first_render = true
        }
        wait {
          min = "2s"
          max = "20s"
        }
      }
      dispatch_payload {
        file = "input.json"
      }
      volume_mount {
        volume           = "data"
        destination      = "/data"
        read_only        = true
        propagation_mode = "host-to-task"
        selinux_label    = "Z"
      }
      csi_plugin {
        id                     = "plug"
        type                   = "node"
        mount_dir              = "/csi"
        stage_publish_base_dir = "/local/csi"
        health_timeout         = "33s"
      }
      action "reload" {
        command = "/bin/kill"
        args    = ["-HUP", "1"]
      }
      schedule {
        cron {
          start    = "0 8 * * *"
          end      = "0 18"
          timezone = "UTC"
        }
      }
      secret "db" {
        provider = "nomad"
        path     = "nomad/jobs/everything"
        config {
          namespace = "prod"
        }
        env {
          K = "V"
        }
      }
      scaling "cpu" {
        min     = 100
        max     = 500
        enabled = true
        policy {
          strategy = "app-sizing-percentile"
        }
      }
      scaling "mem" {
        max = 1000
      }
      service {
        port = "old"
      }
    }

    task "sidecar" {
      driver = "exec"
      lifecycle {
        hook    = "prestart"
        sidecar = true
      }
      logs {
        enabled = false
      }
    }
  }

  task "alone" {
    driver = "raw_exec"
  }
}
