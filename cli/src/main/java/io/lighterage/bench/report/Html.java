package io.lighterage.bench.report;

import java.util.Locale;

/** Text for pages, and the style that they share. */
final class Html {
    private static final String STYLE =
            """
            :root{color-scheme:light dark;--page:#fcfcfa;--card:#fff;--ink:#1b1b1a;--soft:#5f5e5a;--line:#e3e1da;
            --one:#1f6fd0;--two:#c2570c;--three:#7a3fb8;--four:#0f8a72;--good:#15803d;--bad:#b42318}
            @media(prefers-color-scheme:dark){:root{--page:#161615;--card:#1f1f1e;--ink:#f1f0ec;--soft:#a9a79f;
            --line:#383734;--one:#6aa9f4;--two:#f09a5b;--three:#c197f0;--four:#5cc9b1;--good:#6cc48b;--bad:#f08a80}}
            *{box-sizing:border-box}
            body{margin:0;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
            main{max-width:880px;margin:0 auto;padding:32px 20px 64px}h1{font-size:24px;line-height:1.25;margin:0 0 4px}
            h2{font-size:17px;margin:36px 0 10px}
            p{margin:6px 0;color:var(--soft)}code{font:13px ui-monospace,monospace;overflow-wrap:anywhere}
            .partial{border-left:4px solid var(--bad);padding:8px 12px;background:var(--card);color:var(--ink)}
            .tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:12px;margin:20px 0}
            .tile{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:12px 14px}
            .tile b{display:block;font-size:24px;font-weight:600}.tile span{color:var(--soft);font-size:13px}
            .scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
            td,th{padding:5px 10px;border-bottom:1px solid var(--line);text-align:left;font-weight:400}
            th{color:var(--soft);font-size:13px}td.n,th.n{text-align:right;white-space:nowrap}.up{color:var(--bad)}
            .down{color:var(--good)}
            svg{display:block;width:100%;height:auto;background:var(--card);border:1px solid var(--line);
            border-radius:8px}
            .grid{stroke:var(--line)}.tick,.label{fill:var(--soft);font:12px system-ui,sans-serif}
            .label{fill:var(--ink)}
            .mark{stroke:var(--ink);stroke-dasharray:4 4}.curve{fill:none;stroke-width:2}.one{stroke:var(--one)}
            .two{stroke:var(--two)}.three{stroke:var(--three)}.four{stroke:var(--four)}.thin{stroke-dasharray:5 4}
            .cell{fill:var(--one)}
            .key{display:flex;flex-wrap:wrap;gap:18px;font-size:13px;color:var(--soft);margin:8px 0}
            .key i{display:inline-block;width:18px;height:3px;margin-right:6px;vertical-align:middle}
            .key .k1{background:var(--one)}.key .k2{background:var(--two)}.key .k3{background:var(--three)}
            .key .k4{background:var(--four)}
            @media print{:root{color-scheme:light;--page:#fff;--card:#fff;--ink:#000;--soft:#444;--line:#ccc;
            --one:#1f6fd0;--two:#c2570c;--three:#7a3fb8;--four:#0f8a72}main{max-width:none;padding:0}
            svg,.tile,table{break-inside:avoid}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
            """;

    private Html() {}

    static String page(String title, String body) {
        return "<!doctype html>\n<html lang='en'><head><meta charset='utf-8'>"
                + "<meta name='viewport' content='width=device-width,initial-scale=1'><title>" + escape(title)
                + "</title><style>\n"
                + STYLE + "</style></head><body><main>\n" + body + "</main></body></html>\n";
    }

    /** The style alone, for a plot that stands by itself. */
    static String style() {
        return STYLE;
    }

    static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("'", "&#39;")
                .replace("\"", "&quot;");
    }

    static String number(double value, String unit) {
        double size = Math.abs(value);
        String digits = size >= 100 ? "%.0f" : size >= 10 ? "%.1f" : size >= 0.1 || size == 0 ? "%.2f" : "%.4f";
        return String.format(Locale.ROOT, digits, value) + " " + unit;
    }
}
