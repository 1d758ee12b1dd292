// What does not fit at this width, one sentence each. Needs nothing of the page's own scripts.
() => {
  const FINGER = 24, BUTTON = 44, PHONE = 480, DESK = 1280, LONGEST_LINE = 85;
  const wide = innerWidth, root = document.documentElement, found = [];
  const name = (e) => `${e.tagName.toLowerCase()}${e.id ? "#" + e.id : ""}${
    typeof e.className === "string" && e.className ? "." + e.className.trim().split(/\s+/).join(".") : ""
  } “${e.textContent.trim().replace(/\s+/g, " ").slice(0, 40)}”`;
  const all = [...document.body.querySelectorAll("*")].filter(
    (e) => e.checkVisibility({ visibilityProperty: true }) && !e.closest(".visually-hidden, .hidden, .skip, svg"),
  );

  if (root.scrollWidth > root.clientWidth) {
    const out = all.filter((e) => e.getBoundingClientRect().right > root.clientWidth + 1).slice(-2);
    found.push(`scrolls sideways by ${root.scrollWidth - root.clientWidth}: ${out.map(name).join(", ")}`);
  }

  for (const e of all.filter((e) => !e.matches("input, textarea"))) {
    const style = getComputedStyle(e);
    if (/hidden|clip/.test(style.overflowX) && e.scrollWidth > e.clientWidth + 1) found.push(`cut off: ${name(e)}`);
  }

  // Targets: a link within a sentence is as high as its line; everything else takes a finger.
  const inSentence = (e) =>
    e.tagName === "A" && getComputedStyle(e).display === "inline" &&
    e.parentElement.textContent.trim().length > e.textContent.trim().length + 3;
  for (const e of all.filter((e) => e.matches("a[href], button, summary, select, input:not([type=hidden]), textarea"))) {
    const box = (e.matches("[type=radio], [type=checkbox]") && e.closest("label") || e).getBoundingClientRect();
    const main = wide <= PHONE && e.matches("button:not(.as-link), a.button");
    const least = main ? BUTTON : FINGER;
    if (!inSentence(e) && (box.height < least - 0.5 || box.width < FINGER - 0.5))
      found.push(`a target of ${Math.round(box.width)} × ${Math.round(box.height)}: ${name(e)}`);
  }

  const bars = all.filter((e) => /fixed|sticky/.test(getComputedStyle(e).position)).map((e) => [e, e.getBoundingClientRect()]);
  for (const [i, [one, a]] of bars.entries())
    for (const [other, b] of bars.slice(i + 1))
      if (!one.contains(other) && a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom)
        found.push(`${name(one)} lies over ${name(other)}`);

  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  const lines = new Map(); // of each block: the width of its text, its letters, its lines
  while (texts.nextNode()) {
    const text = texts.currentNode, holder = text.parentElement;
    if (!text.data.trim() || !holder.checkVisibility({ visibilityProperty: true })) continue;
    if (holder.closest(".visually-hidden, .hidden, .skip, svg, select, textarea, noscript, .clocks")) continue;
    range.selectNodeContents(text);
    const boxes = [...range.getClientRects()];
    // No word is broken in two, but what has no words: addresses, digests, raw texts.
    if (boxes.length > 1 && !holder.closest("bdi, .mono, .hash, .raw, .sms, .mail, .root, .text, a[href^='http']"))
      for (const word of text.data.matchAll(/(?<=^|\s|[(“])[A-Za-z]{2,}(?=$|[\s.,;:)”])/g)) {
        range.setStart(text, word.index);
        range.setEnd(text, word.index + word[0].length);
        const [first, ...more] = range.getClientRects();
        if (more.some((b) => b.top > first.top + 4)) found.push(`the word ${word[0]} is broken: ${name(holder)}`);
      }
    if (wide < DESK) continue;
    let block = holder;
    while (/^inline/.test(getComputedStyle(block).display) && block.parentElement) block = block.parentElement;
    const line = lines.get(block) ?? { width: 0, letters: 0, tops: new Set() };
    for (const box of boxes) { line.width += box.width; line.tops.add(Math.round(box.top / 8)); }
    line.letters += text.data.trim().replace(/\s+/g, " ").length;
    lines.set(block, line);
  }
  for (const [block, { width, letters, tops }] of lines) {
    const style = getComputedStyle(block);
    const room = block.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    const longest = Math.round((letters / width) * Math.min(room, width));
    if (tops.size > 1 && longest > LONGEST_LINE && !block.matches(".raw, .hash")) found.push(`lines of ${longest} characters: ${name(block)}`);
  }
  return found;
}
