"""What a film costs when many watch it: `python -m loadtests.bench_trunk`."""
