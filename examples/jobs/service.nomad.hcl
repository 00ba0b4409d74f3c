# A small web server, twice. Each allocation gets a port of its own and is found
# under the name "web". Look at it with
#   ./serai job status web
#   ./serai alloc logs -f -job web
job "web" {
  type = "service"

  group "web" {
    count = 2

    network {
      port "http" {}
    }

    service {
      name     = "web"
      port     = "http"
      provider = "nomad"
      tags     = ["example", "${node.datacenter}"]

      check {
        type     = "http"
        path     = "/"
        interval = "10s"
        timeout  = "2s"
      }
    }

    update {
      max_parallel     = 1
      min_healthy_time = "3s"
      healthy_deadline = "1m"
    }

    restart {
      attempts = 3
      interval = "5m"
      delay    = "5s"
      mode     = "fail"
    }

    task "server" {
      driver       = "raw_exec"
      kill_timeout = "5s"

      env {
        PORT = "${NOMAD_PORT_http}"
        TEXT = "hello from ${NOMAD_ALLOC_NAME} on ${node.unique.name}"
      }

      # Uses whatever the machine has to serve a page.
      config {
        command = "/bin/sh"
        args = ["-c", <<-EOF
          echo "$TEXT" > "$NOMAD_TASK_DIR/index.html"
          cd "$NOMAD_TASK_DIR" || exit 1
          echo "listening on port $PORT"
          if command -v node > /dev/null; then
            exec node -e 'require("http").createServer((q, r) => { console.log(q.method, q.url); r.end(process.env.TEXT + "\n"); }).listen(process.env.PORT)'
          elif command -v python3 > /dev/null; then
            exec python3 -m http.server "$PORT"
          elif command -v busybox > /dev/null; then
            exec busybox httpd -f -p "$PORT"
          fi
          echo "no program here that can serve a page: need node, python3 or busybox"
          exit 1
          EOF
        ]
      }

      resources {
        cpu    = 100
        memory = 64
      }
    }
  }
}
