"""What `bench_stage` measures: a story's own takes, drawn by the stage and by its peers."""
