"""What the delivery benches share: made-up takes, senders to compare, and a crowd of viewers that only count."""
