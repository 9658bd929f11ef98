# Two replicas behind one service. They share the database and need no other coordination.
job "sallyport" {
  datacenters = ["dc1"]

  group "gate" {
    count = 2

    update {
      max_parallel = 1
      health_check = "checks"
    }

    network {
      port "http" { to = 8080 }
    }

    service {
      name = "sallyport"
      port = "http"

      check {
        type     = "http"
        path     = "/readyz"
        interval = "10s"
        timeout  = "3s"
      }
    }

    task "sallyport" {
      driver       = "docker"
      user         = "65532"
      kill_timeout = "20s"

      vault {
        policies = ["sallyport"]
      }

      config {
        image    = "registry.example.com/sallyport:1"
        ports    = ["http"]
        readonly_rootfs = true
        cap_drop = ["all"]
        args     = ["serve", "--config", "/local/sallyport.yml"]
      }

      env {
        SALLYPORT_SERVER_ADDRESS = "0.0.0.0:8080"
      }

      template {
        destination = "local/sallyport.yml"
        data        = <<-EOT
          server: {public_url: "https://sallyport.example.com"}
          github:
            app:
              integration_id: 1
              webhook_secret_file: ../secrets/webhook-secret
              private_key_file: ../secrets/app-key.pem
          duo: {host: api-XXXX.duosecurity.com, ikey: DIXXXXXXXXXXXXXXXXXX, skey_file: ../secrets/duo-skey}
          people: people.yml
          keyring: keys/
        EOT
      }

      template {
        destination = "secrets/env"
        env         = true
        data        = <<-EOT
          SALLYPORT_DATABASE={{ with secret "database/creds/sallyport" }}postgres://{{ .Data.username }}:{{ .Data.password }}@db.service.consul/sallyport{{ end }}
        EOT
      }

      template {
        destination = "secrets/webhook-secret"
        data        = "{{ with secret \"kv/data/sallyport\" }}{{ .Data.data.webhook_secret }}{{ end }}"
      }

      template {
        destination = "secrets/app-key.pem"
        data        = "{{ with secret \"kv/data/sallyport\" }}{{ .Data.data.app_key }}{{ end }}"
      }

      template {
        destination = "secrets/duo-skey"
        data        = "{{ with secret \"kv/data/sallyport\" }}{{ .Data.data.duo_skey }}{{ end }}"
      }

      artifact {
        source      = "git::https://git.example.com/platform/sallyport-people.git"
        destination = "local"
      }

      resources {
        cpu    = 500
        memory = 128
      }
    }
  }
}
