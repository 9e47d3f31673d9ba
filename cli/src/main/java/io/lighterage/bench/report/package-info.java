/**
 * What a benchmark found: the {@link io.lighterage.bench.report.Report} as values, as {@code report.json}, as a page
 * for people, and two of them side by side. Knows nothing of how anything is measured, so every benchmark uses it.
 */
package io.lighterage.bench.report;
