"""From a scenario file to verdicts: model, lint, kubernetes access, stage, probing, settling, judging, evidence."""
