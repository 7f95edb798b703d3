// Pictures whose margin of ten pixels is not empty, drawn as by the button PNG of a page.
const [links, done] = arguments;
const isCut = async (link) => {
  const picture = new Image();
  picture.src = link;
  await picture.decode();
  const canvas = document.createElement("canvas");
  const { naturalWidth: width, naturalHeight: height } = picture;
  [canvas.width, canvas.height] = [width, height];
  const pen = canvas.getContext("2d");
  pen.drawImage(picture, 0, 0);
  const edges = [[0, 0, width, 10], [0, height - 10, width, 10], [0, 0, 10, height], [width - 10, 0, 10, height]];
  return edges.some((edge) => pen.getImageData(...edge).data.some((value) => value !== 255));
};
Promise.all(links.map(isCut)).then((cut) => done(links.filter((_, number) => cut[number]).map((link) => link.length)));
