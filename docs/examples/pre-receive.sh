#!/bin/sh
# The pre-receive hook of GitHub Enterprise Server, or hooks/pre-receive of any bare repository. The binary and
# /etc/sallyport (hook.yml, the token file, the CA's certificate) are part of the hook's environment; see
# docs/duo-bot.md. The hook fails closed: without the binary nothing moves.
exec "${SALLYPORT_BIN:-/usr/local/bin/sallyport}" hook pre-receive --config "${SALLYPORT_HOOK_CONFIG:-/etc/sallyport/hook.yml}"
