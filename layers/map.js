/* The map's own script: draws what layers/map_layer.py sends, and nothing else.
 *
 * Texts arrive as inert HTML. A layer that comes again unchanged is kept as it stands, so that a
 * rerun neither flashes nor closes an opened cluster; a layer that was switched off stays off.
 */
(function () {
  "use strict";

  const REMEMBERED = "lamassu.layers.off";
  const STEPS_DEG = [30, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001];
  const INK = "#1b2430";

  const shown = new Map();
  let map, canvas, words, off, list, paper, flows;
  let chosen = null;
  let ring = null;
  let lastRequest = null;
  let picking = null;

  /* ---- the map itself ---- */

  function start(leafletMap, options) {
    map = leafletMap;
    words = options.words;
    off = new Set(remembered());
    for (const [name, z] of [["paper", 150], ["names", 350], ["flows", 450], ["ring", 590]]) {
      map.createPane(name).style.zIndex = z;
      map.getPane(name).style.pointerEvents = "none";
    }
    for (let rank = 0; rank < 10; rank++) map.createPane(`rank${rank}`).style.zIndex = 600 + rank;
    const container = map.getContainer();
    container.classList.add("lamassu-map");
    // Leaflet gives itself the focus at the first press of a button; a map half out of sight would
    // then be scrolled into sight under the pointer, and the click be lost.
    container.focus = () => HTMLElement.prototype.focus.call(container, { preventScroll: true });
    map.attributionControl.setPrefix("Leaflet").addAttribution(options.attribution);
    // One canvas for all records: of two, the upper would take the clicks of the lower. The tools
    // that measure and draw have SVG above it, which they count on.
    canvas = L.canvas({ padding: 0.3, tolerance: 4 });
    paper = L.canvas({ pane: "paper", padding: 0.3 });
    flows = L.svg({ pane: "flows", padding: 0.3 }); // a style sheet moves its dashes, no script does
    drawOutlines(window.lamassuOutlines, options.colours);
    L.control.scale({ metric: true, imperial: false, position: "bottomleft" }).addTo(map);
    homeButton(map.getCenter(), map.getZoom()).addTo(map);
    list = layerList().addTo(map);
    map.on("zoomend", afterZoom).on("zoomend moveend", placeRing);
    afterZoom();
    // The other controls are added by the rest of the page's script, and the labels keep off them.
    if (options.graticule) setTimeout(() => addGraticule(options.colours));
  }

  function drawOutlines(outlines, colours) {
    const common = { renderer: paper, pane: "paper", interactive: false };
    const fill = { ...common, stroke: false, fill: true, fillOpacity: 1 };
    const line = { ...common, fill: false };
    L.geoJSON(outlines.world, { style: { ...fill, fillColor: colours.beyond } }).addTo(map);
    L.geoJSON(outlines.land, { style: { ...fill, fillColor: colours.land } }).addTo(map);
    L.geoJSON(outlines.farBorders, { style: { ...line, color: colours.border, weight: 0.5 } }).addTo(map);
    L.geoJSON(outlines.coast, { style: { ...line, color: colours.coast, weight: 0.9 } }).addTo(map);
    L.geoJSON(outlines.borders, {
      style: { ...line, color: colours.border, weight: 1.3, dashArray: "7 3 1.5 3" },
    }).addTo(map);
    const names = outlines.names.map(([html, lon, lat, zoom]) => [zoom, label("country", html, [lat, lon])]);
    const sort = () => {
      for (const [zoom, name] of names) toggle(name, map.getZoom() >= zoom && map.getZoom() <= zoom + 5);
    };
    map.on("zoomend", sort);
    sort();
  }

  function addGraticule(colours) {
    const lines = L.layerGroup().addTo(map);
    const style = { renderer: paper, pane: "paper", interactive: false, color: colours.graticule, weight: 0.6 };
    const draw = () => {
      lines.clearLayers();
      const view = map.getBounds();
      const pxPerDegree = map.getSize().x / (view.getEast() - view.getWest());
      const step = STEPS_DEG.filter((deg) => deg * pxPerDegree >= 130).pop() || STEPS_DEG[0];
      const digits = Math.max(0, Math.ceil(-Math.log10(step) - 1e-9));
      const far = view.pad(0.3);
      const south = Math.max(far.getSouth(), -85);
      const north = Math.min(far.getNorth(), 85);
      const free = freeEdges();
      for (let lon = Math.ceil(far.getWest() / step) * step; lon <= far.getEast(); lon += step) {
        L.polyline([[south, lon], [north, lon]], style).addTo(lines);
        const at = L.point(map.latLngToContainerPoint([0, lon]).x, map.getSize().y);
        if (at.x > free.left && at.x < free.right)
          label("degree east", degrees(lon, digits, "E", "W"), map.containerPointToLatLng(at)).addTo(lines);
      }
      for (let lat = Math.ceil(south / step) * step; lat <= north; lat += step) {
        L.polyline([[lat, far.getWest()], [lat, far.getEast()]], style).addTo(lines);
        const at = L.point(0, map.latLngToContainerPoint([lat, view.getCenter().lng]).y);
        if (at.y > free.top && at.y < free.bottom)
          label("degree north", degrees(lat, digits, "N", "S"), map.containerPointToLatLng(at)).addTo(lines);
      }
    };
    map.on("moveend resize", draw);
    draw();
  }

  // Where the lower and the left edge of the map are not covered by its controls, in pixels.
  function freeEdges() {
    const size = map.getSize();
    const corner = (place) => map.getContainer().querySelector(place);
    return {
      left: corner(".leaflet-bottom.leaflet-left").offsetWidth + 20,
      right: size.x - corner(".leaflet-bottom.leaflet-right").offsetWidth - 20,
      top: corner(".leaflet-top.leaflet-left").offsetHeight + 12,
      bottom: size.y - corner(".leaflet-bottom.leaflet-left").offsetHeight - 12,
    };
  }

  function degrees(value, digits, plus, minus) {
    const size = Math.abs(value).toFixed(digits);
    return `${size}°${Number(size) === 0 ? "" : value > 0 ? plus : minus}`;
  }

  function label(kind, html, latlng) {
    const icon = L.divIcon({ className: `lamassu-label ${kind}`, html: `<span>${html}</span>`, iconSize: [0, 0] });
    return L.marker(latlng, { icon, pane: "names", interactive: false, keyboard: false });
  }

  function homeButton(centre, zoom) {
    const control = new L.Control({ position: "topleft" });
    control.onAdd = () => {
      const bar = L.DomUtil.create("div", "leaflet-bar lamassu-home");
      const button = L.DomUtil.create("a", "", bar);
      button.href = "#";
      button.title = words.home;
      button.setAttribute("role", "button");
      button.setAttribute("aria-label", words.home);
      button.innerHTML = '<svg viewBox="0 0 16 16" width="15" height="15"><path d="M2 8 8 2.5 14 8M4 7v6.5h8V7" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linejoin="round" stroke-linecap="round"/></svg>';
      L.DomEvent.on(button, "click", (event) => {
        L.DomEvent.stop(event);
        map.setView(centre, zoom);
      });
      L.DomEvent.disableClickPropagation(bar);
      return bar;
    };
    return control;
  }

  function afterZoom() {
    const zoom = map.getZoom();
    const classes = map.getContainer().classList;
    classes.toggle("lamassu-far", zoom <= 6);
    classes.toggle("lamassu-middle", zoom === 7);
    for (const drawn of shown.values())
      classes.toggle(`lamassu-hide-${drawn.kind}`, Boolean(drawn.hiddenFrom) && zoom >= drawn.hiddenFrom);
  }

  function toggle(layer, wanted) {
    if (wanted !== map.hasLayer(layer)) wanted ? map.addLayer(layer) : map.removeLayer(layer);
  }

  /* ---- layers of records ---- */

  function show(slot, layer) {
    let drawn = shown.get(layer.kind);
    if (!drawn || drawn.digest !== layer.digest) {
      if (drawn) map.removeLayer(drawn.content);
      drawn = build(layer);
      shown.set(layer.kind, drawn);
      if (!off.has(layer.kind)) putOn(drawn);
    }
    adopt(drawn, slot);
    afterZoom();
    refreshList();
    placeRing();
  }

  // st_folium takes every group off the map and puts new ones on at each change. The group is only
  // a slot through which clicks travel; what is drawn passes from the old slot to the new one.
  function adopt(drawn, slot) {
    if (drawn.slot) drawn.content.removeEventParent(drawn.slot);
    drawn.slot = slot;
    drawn.content.addEventParent(slot);
    slot.on("remove", () =>
      setTimeout(() => {
        if (shown.get(drawn.kind) !== drawn || drawn.slot !== slot) return;
        map.removeLayer(drawn.content);
        shown.delete(drawn.kind);
        refreshList();
        placeRing();
      })
    );
  }

  function putOn(drawn) {
    map.addLayer(drawn.content);
    // Lines of a lower kind lie below those of a higher one, whichever was added last.
    const ordered = [...shown.values()].sort((one, other) => other.rank - one.rank);
    for (const each of ordered) for (const path of each.under) if (map.hasLayer(path)) path.bringToBack();
  }

  function build(layer) {
    const drawn = { ...layer, content: L.featureGroup(), under: [], markers: new Map(), paths: new Map(), circles: new Map() };
    drawLines(drawn);
    drawFlows(drawn);
    drawPlaces(drawn);
    drawAreas(drawn);
    drawRows(drawn);
    return drawn;
  }

  function drawLines(drawn) {
    for (const [look, key, tip, simulated, coordinates] of drawn.lines || []) {
      const latlngs = L.GeoJSON.coordsToLatLngs(coordinates, Array.isArray(coordinates[0][0]) ? 1 : 0);
      const style = drawn.looks[look];
      const path = L.polyline(latlngs, { renderer: canvas, opacity: simulated ? 0.6 : 0.9, ...style });
      drawn.under.push(path);
      path.addTo(drawn.content);
      if (style.core) {
        const core = { renderer: canvas, interactive: false, color: style.core, weight: style.weight - 1.4, dashArray: style.coreDash ?? "6 6" };
        drawn.content.addLayer(L.polyline(latlngs, core));
      }
      record(drawn, path, key, tip);
      drawn.paths.set(path.feature.properties.key, path);
    }
  }

  // Dashes that run from the first vertex to the last.
  function drawFlows(drawn) {
    for (const coordinates of drawn.flows || [])
      drawn.content.addLayer(
        L.polyline(L.GeoJSON.coordsToLatLngs(coordinates), {
          renderer: flows, interactive: false, color: drawn.colour, weight: 3, className: "lamassu-flow", smoothFactor: 2,
        })
      );
  }

  function drawPlaces(drawn) {
    for (const [lon, lat, html] of drawn.places || [])
      drawn.content.addLayer(label("town", html, [lat, lon]));
  }

  function drawAreas(drawn) {
    const thin = { renderer: canvas, interactive: false, color: INK, weight: 0.8, opacity: 0.45, fill: true, fillColor: INK };
    for (const [lon, lat, radius] of drawn.circles_m || []) {
      const wide = radius > 50000;
      const circle = L.circle([lat, lon], {
        ...thin, radius, dashArray: wide ? "1 5" : "3 4", opacity: wide ? 0.3 : 0.45, fillOpacity: wide ? 0 : 0.02,
      });
      drawn.circles.set(`${lon},${lat}`, circle);
      drawn.under.push(circle);
      drawn.content.addLayer(circle);
    }
    for (const [west, south, east, north] of drawn.cells || []) {
      const cell = L.rectangle([[south, west], [north, east]], { ...thin, dashArray: "2 3", fillOpacity: 0.05 });
      drawn.under.push(cell);
      drawn.content.addLayer(cell);
    }
    for (const [polygons, number, key, tip] of drawn.areas || []) {
      const area = L.polygon(L.GeoJSON.coordsToLatLngs(polygons, 2), { renderer: canvas, ...drawn.classes[number] });
      record(drawn, area, key, tip);
      drawn.under.unshift(area); // what is put under first lies above
      drawn.paths.set(area.feature.properties.key, area);
      drawn.content.addLayer(area);
    }
    for (const [index, polygons] of drawn.shapes || []) {
      const [, , picture, key, tip] = drawn.rows[index];
      const simulated = drawn.pictures[picture][2];
      const area = L.polygon(L.GeoJSON.coordsToLatLngs(polygons, 2), {
        renderer: canvas, color: drawn.colour, weight: 1.8, fillColor: drawn.colour, fillOpacity: 0.16, dashArray: simulated ? "5 4" : null,
      });
      record(drawn, area, key, tip);
      drawn.paths.set(area.feature.properties.key, area);
      drawn.content.addLayer(area);
    }
  }

  function drawRows(drawn) {
    const [right, down] = drawn.offset || [0, 0];
    const icons = (drawn.pictures || []).map(([html, width]) =>
      L.divIcon({
        className: `lamassu-symbol lamassu-${drawn.kind}`, html, iconSize: [width, width],
        iconAnchor: [width / 2 - right, width / 2 - down], tooltipAnchor: [right + width / 2, down],
      })
    );
    const clusters = [0, 1].map((simulated) => drawn.cluster && clusterGroup(drawn, simulated));
    const groups = [[], []];
    for (const [lon, lat, picture, key, tip] of drawn.rows || []) {
      const marker = L.marker([lat, lon], {
        icon: icons[picture], pane: `rank${drawn.rank}`, keyboard: false, riseOnHover: true,
      });
      record(drawn, marker, key, tip);
      const circle = drawn.circles.get(`${lon},${lat}`);
      if (circle) marker.on("mouseover", () => stress(circle, true)).on("mouseout", () => stress(circle, false));
      drawn.markers.set(marker.feature.properties.key, marker);
      groups[drawn.pictures[picture][2]].push(marker);
    }
    groups.forEach((markers, simulated) => {
      if (!drawn.cluster) for (const marker of markers) drawn.content.addLayer(marker);
      else if (markers.length) drawn.content.addLayer(clusters[simulated].addLayers(markers));
    });
  }

  function clusterGroup(drawn, simulated) {
    const right = drawn.offset[0];
    const down = drawn.offset[1] + (simulated ? 26 : 0); // beside the real ones, not upon them
    const group = L.markerClusterGroup({
      maxClusterRadius: drawn.cluster,
      clusterPane: `rank${drawn.rank}`,
      showCoverageOnHover: false,
      spiderLegPolylineOptions: { renderer: canvas, interactive: false, weight: 1, color: INK, opacity: 0.5 },
      iconCreateFunction: (cluster) => {
        const count = cluster.getChildCount();
        const width = count < 10 ? 24 : count < 100 ? 28 : 34;
        return L.divIcon({
          className: `lamassu-cluster lamassu-${drawn.kind}${simulated ? " simulated" : ""}`,
          html: `<span>${count}</span>`, iconSize: [width, width], iconAnchor: [width / 2 - right, width / 2 - down],
        });
      },
    });
    return group.on("animationend spiderfied unspiderfied", placeRing);
  }

  // A click sends `feature` back. The clock in it tells a second click on the same record from a
  // rerun that returns the first one again. Each click has its own object: st_folium compares what
  // it sends with what it kept of the last one.
  function record(drawn, layer, key, tip) {
    const properties = { key: `${drawn.kind}/${key}` };
    layer.feature = { type: "Feature", properties };
    layer.bindTooltip(tip, { className: "lamassu-tip", sticky: !(layer instanceof L.Marker), opacity: 1 });
    layer.on("click", () => {
      layer.feature = { type: "Feature", properties: { ...properties, clicked: Date.now() } };
      choose({ key: properties.key, at: layer.getLatLng ? layer.getLatLng() : null });
    });
  }

  function stress(circle, strong) {
    const wide = circle.getRadius() > 50000;
    circle.setStyle(
      strong
        ? { opacity: 0.9, weight: 1.4, fillOpacity: 0.08 }
        : { opacity: wide ? 0.3 : 0.45, weight: 0.8, fillOpacity: wide ? 0 : 0.02 }
    );
  }

  /* ---- the chosen record ---- */

  function select(slot, wanted) {
    choose(wanted);
    chosen.slot = slot;
    slot.on("remove", () => setTimeout(() => chosen && chosen.slot === slot && choose(null)));
    if ((wanted.zoom === null && !wanted.bounds) || wanted.request === lastRequest) return;
    lastRequest = wanted.request;
    if (wanted.bounds) {
      const [west, south, east, north] = wanted.bounds;
      const listed = list.getContainer();
      // The list may not have its style yet and be as wide as the map.
      const covered = listed.classList.contains("open") ? Math.min(listed.offsetWidth, 214) + 20 : 0;
      map.fitBounds([[south, west], [north, east]], {
        animate: false, paddingTopLeft: [60, 40], paddingBottomRight: [40 + covered, 50], maxZoom: 12,
      });
    } else map.setView(wanted.at, wanted.zoom, { animate: false });
    setTimeout(openCluster, 350); // clusters move for 200 ms and cannot be opened meanwhile
  }

  // While this is on the map, a click beside every record is told as its place.
  function pick(slot, wanted) {
    const tell = (event) => {
      const { lng, lat } = event.latlng.wrap();
      const place = L.marker(event.latlng);
      const properties = { key: `${wanted.kind}//${lng.toFixed(5)}%2C${lat.toFixed(5)}`, clicked: Date.now() };
      place.feature = { type: "Feature", properties };
      slot.fire("click", { latlng: event.latlng, layer: place });
    };
    picking = slot;
    map.on("click", tell);
    map.getContainer().classList.add("lamassu-picking");
    slot.on("remove", () => {
      map.off("click", tell);
      if (picking === slot) map.getContainer().classList.remove("lamassu-picking");
    });
  }

  function choose(wanted) {
    const before = chosen && pathOf(chosen.key);
    if (before) before.setStyle({ weight: before.options.weight - 2.5 });
    chosen = wanted && { ...wanted };
    const now = chosen && pathOf(chosen.key);
    if (now) now.setStyle({ weight: now.options.weight + 2.5 });
    placeRing();
  }

  function drawnOf(key) {
    const kind = key.split("/", 1)[0];
    return off.has(kind) ? undefined : shown.get(kind);
  }

  function pathOf(key) {
    const drawn = drawnOf(key);
    return drawn && drawn.paths.get(key);
  }

  // The symbol itself, or the cluster that holds it now.
  function standIn(key) {
    const drawn = drawnOf(key);
    const marker = drawn && drawn.markers.get(key);
    if (!marker || marker._icon || !drawn.cluster) return marker;
    let parent = marker.__parent;
    while (parent && !parent._icon) parent = parent.__parent;
    return parent;
  }

  function openCluster() {
    const stand = chosen && standIn(chosen.key);
    if (stand && stand.spiderfy) stand.spiderfy();
    placeRing();
  }

  function placeRing() {
    if (ring) ring.remove();
    ring = null;
    if (!chosen || !chosen.key) return;
    const stand = standIn(chosen.key);
    const at = stand ? stand.getLatLng() : chosen.at;
    if (!at || (!stand && pathOf(chosen.key))) return;
    const drawn = drawnOf(chosen.key);
    const [right, down] = (stand && drawn.offset) || [0, 0];
    const icon = L.divIcon({ className: "lamassu-ring", iconSize: [34, 34], iconAnchor: [17 - right, 17 - down] });
    ring = L.marker(at, { icon, pane: "ring", interactive: false, keyboard: false }).addTo(map);
  }

  /* ---- the list of layers: switch and legend in one ---- */

  function layerList() {
    const control = new L.Control({ position: "topright" });
    control.onAdd = () => {
      const box = L.DomUtil.create("div", "lamassu-layers leaflet-bar");
      const head = L.DomUtil.create("button", "", box);
      head.type = "button";
      head.textContent = words.layers;
      control.body = L.DomUtil.create("div", "", box);
      const open = (wanted) => {
        box.classList.toggle("open", wanted);
        head.setAttribute("aria-expanded", String(wanted));
      };
      L.DomEvent.on(head, "click", () => open(!box.classList.contains("open")));
      L.DomEvent.disableClickPropagation(box);
      L.DomEvent.disableScrollPropagation(box);
      open(map.getSize().x >= 720);
      return box;
    };
    return control;
  }

  function refreshList() {
    const body = list.body;
    body.style.maxHeight = `${Math.max(120, map.getSize().y - 90)}px`;
    body.replaceChildren();
    for (const drawn of [...shown.values()].sort((one, other) => other.rank - one.rank)) {
      const section = L.DomUtil.create("section", "", body);
      const title = L.DomUtil.create("label", "", section);
      const box = L.DomUtil.create("input", "", title);
      box.type = "checkbox";
      box.checked = !off.has(drawn.kind);
      box.dataset.kind = drawn.kind;
      L.DomUtil.create("span", "", title).innerHTML = drawn.name;
      L.DomEvent.on(box, "change", () => switchLayer(drawn.kind, box.checked));
      const rows = L.DomUtil.create("ul", "", section);
      for (const [picture, text, count] of drawn.legend)
        L.DomUtil.create("li", "", rows).innerHTML = `${picture}<span>${text}</span><b>${count === null ? "" : count.toLocaleString("en")}</b>`;
      if (drawn.unplaced)
        L.DomUtil.create("p", "", section).textContent = `${drawn.unplaced.toLocaleString("en")} ${words.unplaced}`;
      section.classList.toggle("off", off.has(drawn.kind));
    }
  }

  function switchLayer(kind, on) {
    const drawn = shown.get(kind);
    if (on) {
      off.delete(kind);
      putOn(drawn);
    } else {
      off.add(kind);
      map.removeLayer(drawn.content);
    }
    try {
      sessionStorage.setItem(REMEMBERED, JSON.stringify([...off]));
    } catch (error) {
      /* A page opened as a file may have no storage: then it is forgotten with the page. */
    }
    refreshList();
    placeRing();
  }

  function remembered() {
    try {
      return JSON.parse(sessionStorage.getItem(REMEMBERED)) || [];
    } catch (error) {
      return [];
    }
  }

  window.lamassu = { start, show, select, pick };
})();
