job "x" {
  # ÿþ
}
