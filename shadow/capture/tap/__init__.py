"""Live exchanges as the admin tap of a running Envoy tells them."""
