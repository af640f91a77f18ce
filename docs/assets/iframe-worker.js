/* Browsers start no workers for pages opened from the disk, and the search runs in one. There a hidden frame does what a
   worker would: it loads the script, gets messages, and sends its own back. */
if (location.protocol === "file:") {
  window.Worker = class extends EventTarget {
    constructor(url) {
      super();
      const waiting = [];
      const frame = document.createElement("iframe");
      frame.hidden = true;
      document.body.appendChild(frame);
      const inside = frame.contentWindow;
      inside.postMessage = (data) => this.dispatchEvent(new MessageEvent("message", { data }));
      inside.importScripts = (...urls) =>
        urls.reduce((before, each) => before.then(() => this.load(inside, each)), Promise.resolve());
      this.postMessage = (data) => waiting.push(data);
      this.terminate = () => frame.remove();
      this.load(inside, url).then(() => {
        this.postMessage = (data) => inside.dispatchEvent(new MessageEvent("message", { data }));
        waiting.forEach((data) => this.postMessage(data));
      });
    }

    load(inside, url) {
      return new Promise((done, failed) => {
        const script = inside.document.createElement("script");
        script.src = new URL(url, location.href).href;
        script.onload = done;
        script.onerror = () => failed(new Error(`${url} could not be loaded`));
        inside.document.body.appendChild(script);
      });
    }
  };
}
