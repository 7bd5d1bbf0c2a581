import { createApp } from "vue";

import "../src/style.css";
import App from "./App.vue";
import "./page.css";

createApp(App).mount("#app");
