job "x" {
  type = "service"
  group "app" {
    count = "many"
  }
}
