"""The model services as Ray Serve deployments behind gRPC."""
