"""`make bench`: ratios measured side by side in one run."""

from benchmarks import differ, live, pages, pipeline, summary, web


def main() -> None:
    """Run all benchmarks and print their tables."""
    live.main()
    pipeline.main()
    differ.main()
    summary.main()
    web.main()
    pages.main()


if __name__ == "__main__":
    main()
