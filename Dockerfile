# Two stages: one that builds, one with nothing in it but the binary and the CA roots.
# Pin both images by digest when you mirror them; see docs/operating.md.
FROM golang:1.26.10-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags "-s -w" -o /out/sallyport .
RUN mkdir -p /out/state

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build --chown=65532:65532 /out/state /var/lib/sallyport
COPY --from=build /out/sallyport /sallyport
USER 65532:65532
WORKDIR /var/lib/sallyport
EXPOSE 8080
ENTRYPOINT ["/sallyport"]
CMD ["serve", "--config", "/etc/sallyport/sallyport.yml"]
