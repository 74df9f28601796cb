"""How the film sounds, in figures: voices, mix, music and lips. `python -m loadtests.bench_sound`."""
