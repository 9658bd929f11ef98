# A job that starts only when the commit it was rendered from went through the gate: the prestart task ends with status 1
# otherwise, and Nomad does not start the rest.
job "api" {
  datacenters = ["dc1"]

  meta {
    commit = "0000000000000000000000000000000000000000" # written by the pipeline
  }

  group "api" {
    task "gate" {
      driver = "docker"

      lifecycle {
        hook    = "prestart"
        sidecar = false
      }

      config {
        image = "registry.example.com/sallyport:1"
        args  = ["gate", "${NOMAD_META_commit}", "--wait", "--timeout", "15m", "--branch", "main", "--repository", "acme/jobs"]
      }

      env {
        SALLYPORT_SERVER     = "https://sallyport.example.com"
        SALLYPORT_TOKEN_FILE = "/secrets/sallyport-token"
      }

      vault {
        policies = ["sallyport-gate"]
      }

      template {
        destination = "secrets/sallyport-token"
        data        = "{{ with secret \"kv/data/sallyport-gate\" }}{{ .Data.data.token }}{{ end }}"
      }
    }

    task "api" {
      driver = "docker"

      config {
        image = "registry.example.com/api:1"
      }
    }
  }
}
