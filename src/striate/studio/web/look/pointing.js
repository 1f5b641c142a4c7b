// @ts-check
/** What the pointer does over maps: it looks at values, keeps them, and opens a map's filters. */

/** @typedef {import("./look_view.js").LookView} LookView */

/** @param {LookView} view */
export function watchPointer(view) {
  for (const part of [view.rows, view.stack]) {
    part.root.addEventListener("pointermove", (event) => {
      const unit = event.buttons === 0 ? part.unitUnder(event) : null;
      if (unit) view.explaining.pointAt(unit, event.timeStamp);
    });
    part.root.addEventListener("pointerleave", () => view.explaining.side.under(""));
    part.root.addEventListener("click", (event) => {
      const heading = event.target instanceof Element ? event.target.closest(".heading") : null;
      const section = heading?.closest(".row");
      const row = section ? view.rows.rowOf(section) : null;
      if (row && heading instanceof HTMLElement) {
        view.explaining.showMap(row.layer.name, Number(heading.dataset.channel));
        return;
      }
      const unit = part.unitUnder(event);
      if (unit) view.explaining.inspector.pin(unit);
    });
  }
}
