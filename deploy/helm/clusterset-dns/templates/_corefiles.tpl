{{- define "corefile-forward" -}}
.:5353 {
    errors
    bufsize 1232
    health {
        lameduck 5s
    }
    ready
    prometheus {{ ternary "127.0.0.1" "0.0.0.0" .Values.metricsProxy.enabled }}:9153
    reload
    loadbalance
    multicluster {{ .Values.dns.zone }} {
        snapshot /var/cache/clusterset-dns/objects
    }
}
{{ end }}

{{- define "corefile-sidecar" -}}
.:5353 {
    bind 127.0.0.1
    # One packet thread, which takes less memory than one for each core, answers more than CoreDNS forwards.
    multisocket 1
    errors
    bufsize 1232
    health :8090 {
        lameduck 5s
    }
    ready :8191
    prometheus 0.0.0.0:9154
    reload
    loadbalance
    multicluster {{ .Values.dns.zone }}
}
{{ end }}

{{- define "corefile-cluster-dns" -}}
.:53 {
    errors
    bufsize 1232
    health {
        lameduck 5s
    }
    ready
    multicluster {{ .Values.dns.zone }}
    kubernetes {{ .Values.dns.clusterDomain }} in-addr.arpa ip6.arpa {
        pods verified
        ttl 30
        fallthrough in-addr.arpa ip6.arpa
    }
    prometheus {{ ternary "127.0.0.1" "0.0.0.0" .Values.metricsProxy.enabled }}:9153
    forward . {{ .Values.dns.upstream }} {
        prefer_udp
    }
    cache 30
    loop
    reload
    loadbalance
}
{{ end }}

{{/* For the Corefile of CoreDNS; the argument has the context and the address. */}}
{{- define "forward-block" -}}
{{ .context.Values.dns.zone }}:53 {
    errors
    bufsize 1232
    cache 5 {
        denial 9984 1 1
    }
    forward . {{ .address }}
}
{{- end }}
