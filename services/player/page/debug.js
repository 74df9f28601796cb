// What tests and the curious may read of the running film; nothing can be changed through it.

/** Sets window.cineloom: getters over `film`, lists as frozen copies. */
export function exposeState(film, memory) {
  const copies = (list) => Object.freeze(list.map((item) => Object.freeze({ ...item })));
  const state = Object.freeze({
    get connectionState() {
      return film.state;
    },
    get sessionId() {
      return film.session?.sessionId ?? null;
    },
    get viewerId() {
      return film.session?.viewerId ?? memory.viewerId ?? null;
    },
    get lastRtpTimestamp() {
      return film.lastRtp;
    },
    get framesShown() {
      return film.framesShown;
    },
    get ttffS() {
      return film.ttffS;
    },
    get paused() {
      return film.paused;
    },
    get receipts() {
      return copies(film.ledger.entries.filter(({ outcome }) => outcome !== null).reverse());
    },
    get shots() {
      return copies(film.shots);
    },
    get captions() {
      return copies(film.shownCaptions);
    },
    get restarts() {
      return film.restarts;
    },
    get stalls() {
      return film.stalls.count;
    },
    get stalledS() {
      return film.stalls.totalS;
    },
    /** Loudness of dialogue, bed and what leaves, while the page levels them; null while the film is heard as mixed. */
    get tracks() {
      return film.measureTracks();
    },
    get eventsWaiting() {
      return film.outbox.waiting;
    },
    get eventsDropped() {
      return film.outbox.dropped;
    },
  });
  Object.defineProperty(window, 'cineloom', { value: state, writable: false, configurable: false });
}
