"""Where manifests come from: kustomize, files, git. Runs programs, never a shell."""
