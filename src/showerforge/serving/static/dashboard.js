// Draws each figure of a page from the data that stands beside it.
"use strict";

(() => {
  const isDark = window.matchMedia("(prefers-color-scheme: dark)");

  function colour(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  }

  // Plotly would take a name such as "<b>" for markup
  function plain(text) {
    return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  }

  function distribution(data) {
    const centres = data.served.map((_, k) => (data.edges[k] + data.edges[k + 1]) / 2);
    return [
      {
        name: "expected mixture",
        x: data.edges,
        y: [...data.expected, data.expected.at(-1)],
        mode: "lines",
        line: { shape: "hv", width: 2, color: colour("--expected") },
        fill: "tozeroy",
        fillcolor: colour("--expected-area"),
      },
      {
        name: "served events",
        x: centres,
        y: data.served,
        error_y: { type: "data", array: data.errors, width: 0, color: colour("--served") },
        mode: "markers",
        marker: { size: 6, color: colour("--served") },
      },
    ];
  }

  function bars(data) {
    return [
      { type: "bar", x: data.labels, y: data.values, marker: { color: colour("--expected") } },
    ];
  }

  const traces = { distribution, bars };

  function axis(label) {
    return {
      title: { text: plain(label), standoff: 8 },
      gridcolor: colour("--line"),
      linecolor: colour("--line"),
      zeroline: false,
    };
  }

  function draw(figure) {
    const data = JSON.parse(figure.querySelector("script").textContent);
    const isNamed = data.kind === "distribution";
    const layout = {
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      font: { color: colour("--ink"), family: "system-ui, sans-serif", size: 13 },
      margin: { l: 52, r: 12, t: isNamed ? 34 : 10, b: 46 },
      xaxis: {
        ...axis(data.x_label),
        ...(isNamed ? {} : { type: "category", tickangle: -45, automargin: true }),
      },
      yaxis: { ...axis(data.y_label), rangemode: "tozero" },
      legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom" },
      showlegend: isNamed,
      dragmode: false,
    };
    const options = { displayModeBar: false, responsive: true };
    Plotly.react(figure.querySelector(".canvas"), traces[data.kind](data), layout, options);
  }

  function drawAll() {
    document.querySelectorAll("figure.plot").forEach(draw);
  }

  drawAll();
  isDark.addEventListener("change", drawAll);
})();
