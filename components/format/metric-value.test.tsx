import { describe, expect, it } from "vitest";
import { formatExactValue, formatMetricValue } from "./metric-value";

describe("formatMetricValue", () => {
  it.each([
    ["0.000042", "usd", "$0.000042"],
    ["0.42", "usd", "$0.42"],
    ["12.3", "usd", "$12.30"],
    ["1234.5", "usd", "$1,234.50"],
    ["0", "usd", "$0.00"],
    [null, "usd", "—"],
    ["", "count", "—"],
    ["NaN", "count", "—"],
    ["0", "count", "0"],
    ["1234567", "count", "1,234,567"],
    ["3.25", "count", "3.25"],
    ["1234567", "tokens", "1.23M"],
    ["999", "tokens", "999"],
    ["0.1234", "ratio", "12.3%"],
    ["0.00042", "ratio", "0.042%"],
    ["0.99971", "ratio", "99.97%"],
    ["1", "ratio", "100.0%"],
    ["0", "ratio", "0.0%"],
    ["0", "ms", "0 ms"],
    ["3.456", "ms", "3.46 ms"],
    ["812.4", "ms", "812 ms"],
    ["1534", "ms", "1.53 s"],
    ["90000", "ms", "1.5 min"],
    ["12.5", "hours", "12.5 h"],
    ["2.5", "kwh", "2.5 kWh"],
    ["8805.888", "kg", "8,805.89 kg"],
    ["41.26", "tokens_per_second", "41.26 tok/s"],
    ["1536", "bytes", "1.5 KiB"],
  ])("%s %s → %s", (value, unit, text) => {
    expect(formatMetricValue(value, unit)).toBe(text);
  });

  it("is compact on axes only when asked", () => {
    expect(formatMetricValue(1234.5, "usd", { compact: true })).toBe("$1.23K");
    expect(formatMetricValue(1_500_000, "count", { compact: true })).toBe("1.5M");
  });

  it("gives every digit of a token count when asked for the exact value", () => {
    expect(formatExactValue("1234567", "tokens")).toBe("1,234,567");
  });
});

describe("small averages", () => {
  it.each([
    ["0.028", "count", "0.028"],
    ["0.00000034", "count", "< 0.001"],
    ["-0.00000034", "count", "> −0.001"],
    ["0", "count", "0"],
    ["0.00184", "tokens_per_joule", "0.00184 tok/J"],
  ])("%s %s is shown as %s, not as 0", (value, unit, shown) => {
    expect(formatMetricValue(value, unit)).toBe(shown);
  });
});
