// Makes PNG pictures of the charts of a page, and copies tables and sentences. The page is complete without it: the
// buttons are hidden until it runs.

const say = (button, words) => {
  const before = button.textContent;
  button.textContent = words;
  setTimeout(() => {
    button.textContent = before;
  }, 2000);
};

// A page that is opened as a file may have no clipboard of its own: the browser then copies what is selected.
const copy = async (text) => {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const box = document.createElement("textarea");
  box.value = text;
  document.body.append(box);
  box.select();
  const isCopied = document.execCommand("copy");
  box.remove();
  if (!isCopied) throw new Error("not copied");
};

const draw = async (link) => {
  const picture = new Image();
  picture.src = link.href;
  await picture.decode();
  const canvas = document.createElement("canvas");
  const scale = 2; // sharp on paper and on dense screens
  canvas.width = scale * picture.naturalWidth;
  canvas.height = scale * picture.naturalHeight;
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  const file = document.createElement("a");
  file.download = link.download.replace(/svg$/, "png");
  file.href = canvas.toDataURL("image/png");
  file.click();
};

for (const button of document.querySelectorAll("[data-copy], [data-png]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const work = "png" in button.dataset ? draw(button.parentElement.querySelector("a")) : copy(button.dataset.copy);
    work.then(() => say(button, "png" in button.dataset ? "saved" : "copied"), () => say(button, "not possible here"));
  });
}
