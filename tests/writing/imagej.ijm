// Opens every .tif of a folder that list.txt names, and writes NAME.txt: width, height, channels, slices, frames, bits;
// the pixel size and its unit, and the seconds between frames; then the values of every plane, a line each.
folder = getArgument();
setBatchMode(true);
names = split(File.openAsString(folder + "list.txt"), "\n");
// The first open() of a run makes menus, which fails without a screen and ends the macro that calls it; later ones work.
File.saveString("open('" + folder + names[0] + "');", folder + "first.ijm");
runMacro(folder + "first.ijm");
for (i = 0; i < names.length; i++) {
    open(folder + names[i]);
    getDimensions(width, height, channels, slices, frames);
    getVoxelSize(w, h, d, unit);
    text = "" + width + " " + height + " " + channels + " " + slices + " " + frames + " " + bitDepth() + "\n";
    interval = 0;
    if (frames > 1) interval = Stack.getFrameInterval();
    x = 0;
    y = 0;
    toScaled(x, y);
    text += d2s(w, 9) + " " + d2s(h, 9) + " " + d2s(d, 9) + " " + unit + " " + d2s(interval, 9) + " " + d2s(x, 6) + " " + d2s(y, 6) + "\n";
    n = nSlices;
    String.resetBuffer;
    for (s = 1; s <= n; s++) {
        if (n > 1) setSlice(s);
        for (y = 0; y < height; y++) {
            for (x = 0; x < width; x++) {
                if (bitDepth() == 24) value = getPixel(x, y) & 0xffffff;
                else value = getValue(x, y);
                if (bitDepth() == 32) String.append(d2s(value, -9) + " ");
                else String.append(d2s(value, 0) + " ");
            }
        }
        String.append("\n");
    }
    File.saveString(text + String.buffer, folder + names[i] + ".txt");
    close();
}
File.saveString("" + names.length, folder + "done.txt");
